// The calendar's words; everything else on screen is written with the browser's own `Intl`.
import 'dayjs/locale/en';
import 'dayjs/locale/fr';
import 'dayjs/locale/ru';

export { default as dayjs } from 'dayjs';
