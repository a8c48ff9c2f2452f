import { Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { ask } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { forgetToken, keepToken, readToken } from '../api/session.ts';

/** Shows what is inside to whoever has a token, and asks the others for one. */
export function LoginGate({ children }: { readonly children: ReactNode }) {
  const [isIn, setIsIn] = useState(readToken() !== null);
  const client = useQueryClient();
  useEffect(() => {
    const leave = (): void => {
      client.clear();
      setIsIn(false);
    };
    addEventListener('tidegate:signed-out', leave);
    return () => removeEventListener('tidegate:signed-out', leave);
  }, [client]);
  return isIn ? children : <Login onDone={() => setIsIn(true)} />;
}

export function signOut(): void {
  forgetToken();
  dispatchEvent(new Event('tidegate:signed-out'));
}

function Login({ onDone }: { readonly onDone: () => void }) {
  const [token, setToken] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    keepToken(token.trim());
    try {
      await ask('/me');
      onDone();
    } catch (cause) {
      forgetToken();
      setError(cause instanceof ProblemError ? cause.message : String(cause));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" maw={460} w="100%">
        <form onSubmit={submit}>
          <Stack>
            <Title order={1} size="h2">
              Tidegate
            </Title>
            <Text>
              Sign in with a token. On the machine that Tidegate runs on,{' '}
              <Code>npx tidegate dashboard</Code> gives a link that signs you in; an admin makes
              tokens for others.
            </Text>
            <PasswordInput
              label="Token"
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              autoComplete="current-password"
              error={error}
              required
              data-autofocus
            />
            <Button type="submit" loading={isBusy} disabled={token.trim() === ''}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
