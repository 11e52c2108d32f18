import board from './ru/board.json';
import desk from './ru/desk.json';
import reports from './ru/reports.json';
import shell from './ru/shell.json';
import signin from './ru/signin.json';

export default { board, desk, reports, shell, signin };
