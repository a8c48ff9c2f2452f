import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type Problem, ProblemError } from '../api/problem.ts';

type ProblemAlertProps = { readonly error: unknown; readonly onRetry?: () => void };

/** What went wrong, and how it is mended. */
export function ProblemAlert({ error, onRetry }: ProblemAlertProps) {
  const { code, title, detail, hint } = problemOf(error);
  return (
    <Alert
      icon={<IconAlertTriangle aria-hidden />}
      color="orange"
      title={title}
      role="alert"
      variant="outline"
    >
      <Stack gap="xs">
        {detail && <Text size="sm">{detail}</Text>}
        {hint && <Text size="sm">{hint}</Text>}
        <Group gap="xs">
          {code && <Code>{code}</Code>}
          {onRetry && (
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              Try again
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}

const problemOf = (error: unknown): Problem =>
  error instanceof ProblemError
    ? error.problem
    : {
        code: '',
        status: 0,
        title: 'This page has a fault.',
        detail: error instanceof Error ? error.message : String(error),
        hint: 'Load it anew; if it stays, report it with the words above.',
      };
