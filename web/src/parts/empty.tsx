import { Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

type EmptyProps = { readonly title: string; readonly children: ReactNode };

/** Nothing to show: why, and what to do next. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <Paper withBorder p="xl" maw={640} mx="auto" mt="xl">
      <Stack gap="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text component="div">{children}</Text>
      </Stack>
    </Paper>
  );
}
