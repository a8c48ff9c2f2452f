import {
  Alert,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
} from '@mantine/core';

/** The blue of Okabe and Ito's palette, which people with any colour vision can tell from its orange and green. */
const tide: MantineColorsTuple = [
  '#e6f4fb',
  '#cfe6f4',
  '#9dcbe6',
  '#68afd8',
  '#3f97cc',
  '#2488c5',
  '#0072b2',
  '#00629a',
  '#00568a',
  '#00497a',
];

/** The orange of --tg-bad: as words on white and beneath white words it has the contrast of WCAG AA, which Mantine's has not. */
const ember: MantineColorsTuple = [
  '#fff1ea',
  '#ffe0d0',
  '#ffc3a3',
  '#ffad80',
  '#ff9a62',
  '#f07a35',
  '#d65a12',
  '#b23c00',
  '#9a3400',
  '#7f2b00',
];

export const theme = createTheme({
  primaryColor: 'tide',
  colors: { tide, orange: ember },
  primaryShade: { light: 7, dark: 8 },
  autoContrast: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // The colour of its frame says what it is; words must be readable on any background.
    Alert: Alert.extend({ styles: { title: { color: 'var(--mantine-color-text)' } } }),
  },
});

/** Mantine's red is too light for small words on a white ground (WCAG 2.2, 1.4.3). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-error': '#b23c00', '--mantine-color-dimmed': '#5a6570' },
  dark: { '--mantine-color-error': '#ff9a62', '--mantine-color-dimmed': '#a3adb8' },
});
