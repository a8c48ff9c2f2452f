import { Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

type EmptyProps = {
  readonly title: string;
  readonly children: ReactNode;
  /** Of its heading; 1 where it is the whole page. */
  readonly order?: 1 | 2;
};

/** Nothing to show: why, and what to do next. */
export function Empty({ title, children, order = 2 }: EmptyProps) {
  return (
    <Paper withBorder p="xl" maw={640} mx="auto" mt="xl">
      <Stack gap="xs">
        <Title order={order} size="h4">
          {title}
        </Title>
        <Text component="div">{children}</Text>
      </Stack>
    </Paper>
  );
}
