import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Empty } from '../parts/empty.tsx';

export function NotFound() {
  return (
    <Empty title="There is no such page">
      The address may be mistyped.{' '}
      <Anchor component={Link} to="/">
        Go to the overview
      </Anchor>
    </Empty>
  );
}
