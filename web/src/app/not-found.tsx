import { Anchor, Container } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Empty } from '../parts/empty.tsx';

export function NotFound() {
  return (
    <Container component="main">
      <Empty title="There is no such page" order={1}>
        The address may be mistyped.{' '}
        <Anchor component={Link} to="/" underline="always">
          Go to the overview
        </Anchor>
      </Empty>
    </Container>
  );
}
