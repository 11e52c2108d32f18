import board from './fr/board.json';
import desk from './fr/desk.json';
import reports from './fr/reports.json';
import shell from './fr/shell.json';
import signin from './fr/signin.json';

export default { board, desk, reports, shell, signin };
