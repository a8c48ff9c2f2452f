import { Alert, Code, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { Problem } from '../api/problem.ts';

type ProblemListProps = { readonly problems: readonly Omit<Problem, 'status'>[] };

/** What is wrong with documents: where, why, and how it is mended. */
export function ProblemList({ problems }: ProblemListProps) {
  if (problems.length === 0) return null;
  return (
    <Stack gap="xs">
      {problems.map((one) => (
        <Alert
          key={`${one.code} ${placeOf(one)} ${one.detail}`}
          icon={<IconAlertTriangle aria-hidden />}
          color="orange"
          variant="outline"
          title={`${placeOf(one)} ${one.title}`.trim()}
        >
          <Text size="sm">{one.detail}</Text>
          <Text size="sm">{one.hint}</Text>
          <Code>{one.code}</Code>
        </Alert>
      ))}
    </Stack>
  );
}

export const placeOf = ({ where }: Pick<Problem, 'where'>): string => {
  if (!where) return '';
  const { file, line, column, pointer } = where;
  return [file, line, column].filter((part) => part !== undefined).join(':') || (pointer ?? '');
};
