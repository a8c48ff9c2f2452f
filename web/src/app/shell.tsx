import {
  ActionIcon,
  Anchor,
  AppShell,
  Button,
  Group,
  Menu,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { IconMoon, IconSearch, IconSun, IconUser } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { LiveProvider } from '../api/live.tsx';
import { useMe } from '../api/me.ts';
import { useRefresh } from '../api/refresh.tsx';
import { LiveSign } from './live-sign.tsx';
import { signOut } from './login.tsx';
import { openPalette, Palette } from './palette.tsx';
import classes from './shell.module.css';

const pages = [
  { to: '/', label: 'Overview' },
  { to: '/runs', label: 'Runs' },
  { to: '/fleet', label: 'Fleet' },
  { to: '/audit', label: 'Audit' },
  { to: '/validate', label: 'Validate' },
] as const;

export function Shell() {
  return (
    <LiveProvider>
      <Frame />
    </LiveProvider>
  );
}

function Frame() {
  useRefresh();
  return (
    <AppShell header={{ height: 52 }} padding="md">
      <a className={classes.skip} href="#content">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group component="nav" aria-label="Pages" gap="md" wrap="nowrap">
            <Anchor component={Link} to="/" className={classes.name}>
              Tidegate
            </Anchor>
            {pages.map(({ to, label }) => (
              <Link
                key={to}
                to={to}
                className={classes.page}
                activeProps={{ 'aria-current': 'page' }}
                activeOptions={{ exact: to === '/' }}
              >
                {label}
              </Link>
            ))}
          </Group>
          <Group gap="xs" wrap="nowrap">
            <LiveSign />
            <Button
              variant="default"
              size="xs"
              leftSection={<IconSearch size={14} aria-hidden />}
              onClick={openPalette}
              visibleFrom="sm"
            >
              Go to …{' '}
              <Text span size="xs" c="var(--tg-quiet)" ml={6}>
                Ctrl K
              </Text>
            </Button>
            <ThemeButton />
            <WhoMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
      <Palette />
    </AppShell>
  );
}

function ThemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const now = useComputedColorScheme('light');
  const other = now === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="default"
      size="md"
      aria-label={`Use the ${other} theme`}
      onClick={() => setColorScheme(other)}
    >
      {now === 'dark' ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
    </ActionIcon>
  );
}

function WhoMenu() {
  const me = useMe();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="md" aria-label={`Signed in as ${me?.name ?? '…'}`}>
          <IconUser size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me ? `${me.name}, ${me.role}` : 'Asking who you are …'}</Menu.Label>
        <Menu.Item onClick={signOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
