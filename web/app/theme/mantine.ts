import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#e8f0fb', '#d0e0f6', '#a9c8ee', '#7fade5', '#5a95db', '#3f83d3', '#246ad2', '#1a5fb4', '#154f97', '#103f7a',
];
const danger: MantineColorsTuple = [
  '#fde6e7', '#f9cdcf', '#f2a3a6', '#ea777b', '#e0484e', '#cf2c33', '#b81f26', '#b81f26', '#9a181e', '#7c1217',
];
const warning: MantineColorsTuple = [
  '#fff4dc', '#fde7b4', '#f8d27c', '#f0cb5b', '#d98a00', '#b06f00', '#8f5d00', '#7d5300', '#684500', '#503500',
];
// Blue-grey, so that Mantine's own surfaces sit with our panels.
const dark: MantineColorsTuple = [
  '#e6ebf2', '#b3bfce', '#96a2b4', '#5b6b82', '#354153', '#27313f', '#1b2430', '#161d26', '#0e1319', '#090d12',
];

/** Mantine in our type, sizes and colours. */
export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '15px', xl: '20px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '1.3' },
      h2: { fontSize: '15px', lineHeight: '1.4' },
      h3: { fontSize: '13px', lineHeight: '1.4' },
    },
  },
  colors: { accent, danger, warning, dark },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 6,
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs', comboboxProps: { shadow: 'md' } } },
    MultiSelect: { defaultProps: { size: 'xs', comboboxProps: { shadow: 'md' } } },
    FileInput: { defaultProps: { size: 'xs' } },
    // Its track is seen on the page as on a panel; where it is too wide, it is pushed along rather than the page.
    SegmentedControl: {
      defaultProps: { size: 'xs' },
      styles: { root: { boxShadow: 'inset 0 0 0 1px var(--line)', maxWidth: '100%', overflowX: 'auto', scrollbarWidth: 'none' } },
    },
    Checkbox: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true, multiline: true, maw: 320 } },
    Modal: {
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.35 } },
      styles: { title: { fontSize: '15px', fontWeight: 600 } },
    },
    InputWrapper: { styles: { description: { fontSize: '12px' } } },
    Menu: { defaultProps: { shadow: 'md', withInitialFocusPlaceholder: false } },
  },
});

/** Mantine's own variables from our tokens. */
export const variables: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--panel)',
    '--mantine-color-text': 'var(--text-1)',
    '--mantine-color-dimmed': 'var(--text-3)',
    '--mantine-color-default-border': 'var(--line)',
    '--mantine-color-placeholder': 'var(--text-3)',
    '--mantine-color-anchor': 'var(--accent)',
    '--mantine-color-error': 'var(--danger)',
  };
  return { variables: {}, light: both, dark: both };
};
