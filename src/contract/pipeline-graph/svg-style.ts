import type { StepKindName } from '../kinds/pipeline-step.ts';

/** Of each kind in light and dark. A kind is told by its icon and its words as well, never by colour alone. */
export const kindColours: Readonly<Record<StepKindName, readonly [light: string, dark: string]>> = {
  deploy: ['#1864ab', '#74c0fc'],
  analyze: ['#5f3dc4', '#b197fc'],
  approve: ['#a8580a', '#ffc078'],
  wait: ['#5c636a', '#adb5bd'],
  http: ['#0b7285', '#66d9e8'],
  shell: ['#237032', '#8ce99a'],
  container: ['#087f5b', '#63e6be'],
  git: ['#a61e4d', '#faa2c1'],
  notify: ['#8a6d00', '#ffe066'],
  state: ['#364fc7', '#91a7ff'],
  pipeline: ['#862e9c', '#e599f7'],
};

type Rules = readonly (readonly [selector: string, declarations: string])[];

const kinds = (at: 0 | 1): Rules =>
  Object.entries(kindColours).flatMap(
    ([kind, colours]): Rules => [
      [`.${kind} .band`, `fill:${colours[at]}`],
      [`.${kind} .icon`, `fill:${colours[at]}`],
    ],
  );

const light: Rules = [
  ['text', 'font:13px ui-sans-serif,system-ui,sans-serif;fill:#1c1e21'],
  ['.title', 'font-weight:600;fill:#5c636a'],
  ['.name', 'font-weight:600'],
  ['.small', 'font-size:12px;fill:#495057'],
  ['.paper', 'fill:#fff'],
  ['.box', 'fill:#f8f9fa;stroke:#ced4da'],
  ['.edge', 'fill:none;stroke:#868e96;stroke-width:1.5'],
  ['.asked', 'stroke-dasharray:5 4'],
  ['.tip', 'fill:#868e96'],
  ...kinds(0),
];
const dark: Rules = [
  ['text', 'fill:#e9ecef'],
  ['.title', 'fill:#adb5bd'],
  ['.small', 'fill:#adb5bd'],
  ['.paper', 'fill:#16181b'],
  ['.box', 'fill:#1f2327;stroke:#495057'],
  ['.edge', 'stroke:#adb5bd'],
  ['.tip', 'fill:#adb5bd'],
  ...kinds(1),
];

/** Every rule is for this picture alone, so that it may stand in a page. */
const css = (rules: Rules): string =>
  rules.map(([selector, text]) => `.tg-pipeline ${selector}{${text}}`).join('');

export const svgStyle = `${css(light)}@media(prefers-color-scheme:dark){${css(dark)}}`;
