// Small dialogs of the desk, in one piece.
export { EndQuestion } from './EndQuestion';
export { KeyList } from './KeyList';
