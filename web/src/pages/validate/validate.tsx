import { Button, FileButton, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Validated } from '../../../../src/contract/api/validate.ts';
import { ask } from '../../api/client.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ProblemList } from '../../parts/problem-list.tsx';
import { useTitle } from '../../parts/title.ts';
import { Editor } from './editor.tsx';
import { example } from './example.ts';

/** Milliseconds without a key before what is written is looked at. */
const pause = 300;

/** Says what is wrong with a document before it is in Git. */
export function ValidatePage() {
  useTitle('Validate');
  const [text, setText] = useState(example);
  const [path, setPath] = useState('document.yaml');
  const check = useMutation({
    mutationFn: (document: { readonly path: string; readonly text: string }) =>
      ask<Validated>('/validate', { method: 'POST', body: document }),
  });
  const { mutate } = check;
  useEffect(() => {
    const timer = setTimeout(() => mutate({ path, text }), pause);
    return () => clearTimeout(timer);
  }, [path, text, mutate]);
  const pick = async (file: File | null): Promise<void> => {
    if (!file) return;
    setPath(file.name.slice(0, 200));
    setText(await file.text());
  };
  const problems = check.data?.problems ?? [];
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Validate
        </Title>
        <FileButton accept=".yaml,.yml,text/plain" onChange={(file) => void pick(file)}>
          {(props) => (
            <Button {...props} variant="default" size="compact-md">
              Pick a file
            </Button>
          )}
        </FileButton>
      </Group>
      <Text size="sm">
        Write or paste documents; nothing is kept. The same check in a terminal:{' '}
        <code>npx tidegate validate FILE</code>
      </Text>
      <Editor text={text} problems={problems} onChange={setText} />
      {check.error && <ProblemAlert error={check.error} />}
      {check.data && (
        <Text role="status" fw={600} data-problems={problems.length}>
          {verdictOf(check.data)}
        </Text>
      )}
      <ProblemList problems={problems} />
    </Stack>
  );
}

function verdictOf({ documents, problems }: Validated): string {
  const names = documents.map(({ kind, name }) => `${kind ?? 'unknown'} ${name ?? ''}`.trim());
  const what = names.length === 0 ? 'No document' : names.slice(0, 5).join(', ');
  const others = names.length > 5 ? ` and ${names.length - 5} more` : '';
  if (problems.length === 0) return `${what}${others}: nothing is wrong.`;
  return `${what}${others}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}.`;
}
