import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useMe } from '../api/me.ts';
import { ProblemAlert } from './problem-alert.tsx';

/** As the server tells it: what may be asked now; `reason` says what it does. */
export type Action = {
  readonly action: string;
  readonly label: string;
  readonly allowed: boolean;
  readonly reason: string;
};

type ActionsProps = {
  readonly actions: readonly Action[];
  /** What it is done to, for the question: `the rollout of shop in production`. */
  readonly to: string;
  /** Actions that are only taken with a reason. */
  readonly needReason: readonly string[];
  readonly onAct: (action: string, because: string) => Promise<unknown>;
};

const grave = new Set(['abort', 'cancel', 'reject', 'overrideFreeze']);

/** Buttons for what is allowed now, to this person, and for nothing else. Each asks once more and says what will happen. */
export function Actions({ actions, to, needReason, onAct }: ActionsProps) {
  const [asked, setAsked] = useState<Action | null>(null);
  const me = useMe();
  if (!me || me.role === 'viewer') return null;
  return (
    <>
      <Group gap="xs">
        {actions
          .filter(({ allowed }) => allowed)
          .map((one) => (
            <Button
              key={one.action}
              size="compact-md"
              variant={grave.has(one.action) ? 'outline' : 'filled'}
              color={grave.has(one.action) ? 'orange' : 'tide'}
              onClick={() => setAsked(one)}
            >
              {one.label}
            </Button>
          ))}
      </Group>
      {asked && (
        <Confirm
          key={asked.action}
          {...{ asked, to, onAct }}
          isReasonNeeded={needReason.includes(asked.action)}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

type ConfirmProps = Pick<ActionsProps, 'to' | 'onAct'> & {
  readonly asked: Action;
  readonly isReasonNeeded: boolean;
  readonly onClose: () => void;
};

function Confirm({ asked, to, onAct, isReasonNeeded, onClose }: ConfirmProps) {
  const [because, setBecause] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const act = async (): Promise<void> => {
    setIsBusy(true);
    try {
      await onAct(asked.action, because.trim());
      notifications.show({ message: `${asked.label}: asked for.`, color: 'tide' });
      onClose();
    } catch (cause) {
      setError(cause);
      setIsBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={`${asked.label} ${to}?`} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void act();
        }}
      >
        <Stack>
          <Text>{asked.reason}</Text>
          <Textarea
            label={isReasonNeeded ? 'Reason' : 'Reason (may be left out)'}
            description="Kept in Git and in the audit log."
            value={because}
            onChange={(event) => setBecause(event.currentTarget.value)}
            required={isReasonNeeded}
            maxLength={1000}
            autosize
            minRows={2}
            data-autofocus
          />
          {error !== null && <ProblemAlert error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button
              type="submit"
              loading={isBusy}
              disabled={isReasonNeeded && because.trim() === ''}
              color={grave.has(asked.action) ? 'orange' : 'tide'}
            >
              {asked.label}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
