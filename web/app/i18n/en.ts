import board from './en/board.json';
import desk from './en/desk.json';
import reports from './en/reports.json';
import shell from './en/shell.json';
import signin from './en/signin.json';

export default { board, desk, reports, shell, signin };
