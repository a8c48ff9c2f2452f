import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, defaultHighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Text } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { Problem } from '../../api/problem.ts';
import classes from './editor.module.css';

type EditorProps = {
  readonly text: string;
  readonly problems: readonly Omit<Problem, 'status'>[];
  readonly onChange: (text: string) => void;
};

/** A text editor that shows each problem where it is. Tab leaves it, as everywhere else on the page. */
export function Editor({ text, problems, onChange }: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const tell = useRef(onChange);
  tell.current = onChange;
  const scheme = useComputedColorScheme('light');
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new text is brought by the effect below.
  useEffect(() => {
    if (!place.current) return;
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: extensionsOf(scheme === 'dark', (next) => tell.current(next)),
      }),
    });
    editor.current = view;
    return () => view.destroy();
  }, [scheme]);
  useEffect(() => {
    const view = editor.current;
    if (!view || view.state.doc.toString() === text) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    const view = editor.current;
    if (!view) return;
    const found = problems.map((one) => diagnosticOf(view.state.doc, one));
    view.dispatch(setDiagnostics(view.state, found));
  }, [problems]);
  return <div ref={place} className={classes.editor} />;
}

function extensionsOf(isDark: boolean, onChange: (text: string) => void) {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
  return [
    EditorView.cspNonce.of(nonce),
    lineNumbers(),
    history(),
    bracketMatching(),
    highlightActiveLine(),
    lintGutter(),
    yaml(),
    ...(isDark ? [] : [syntaxHighlighting(defaultHighlightStyle)]),
    keymap.of([...defaultKeymap, ...historyKeymap]),
    EditorView.theme({}, { dark: isDark }),
    EditorView.contentAttributes.of({ 'aria-label': 'Documents' }),
    EditorView.updateListener.of(({ docChanged, state }) => {
      if (docChanged) onChange(state.doc.toString());
    }),
  ];
}

/** From where it is said to be to the end of that line. What has no place is shown at the beginning. */
export function diagnosticOf(doc: Text, problem: Omit<Problem, 'status'>): Diagnostic {
  const { line = 1, column = 1 } = problem.where ?? {};
  const at = doc.line(Math.min(Math.max(1, line), doc.lines));
  const from = Math.min(at.from + Math.max(0, column - 1), at.to);
  return {
    from,
    to: Math.max(from, at.to),
    severity: 'error',
    source: problem.code,
    message: [problem.title, problem.detail, problem.hint].filter(Boolean).join('\n'),
  };
}
