import { Button, Group, Stack, TextInput, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { problemOf, type Query, send } from '../../api/client.ts';
import { ProblemError } from '../../api/problem.ts';
import { useChoice } from '../../parts/choice.ts';
import { EventList } from '../../parts/event-list.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useTitle } from '../../parts/title.ts';
import { type AuditChoice, filterOf } from './filter.ts';

const fields = [
  { name: 'q', label: 'Words', placeholder: 'in the reason, type, object' },
  { name: 'actor', label: 'Who', placeholder: 'user:ada, git:*' },
  { name: 'type', label: 'What', placeholder: 'rollout.*' },
  { name: 'application', label: 'Application', placeholder: '' },
  { name: 'environment', label: 'Environment', placeholder: '' },
] as const;

/** Who did what, when and why. */
export function AuditPage() {
  useTitle('Audit');
  const [choice, set] = useChoice<AuditChoice>();
  const filter = filterOf(choice);
  return (
    <Stack gap="sm">
      <Title order={1} size="h3">
        Audit
      </Title>
      <Group align="end" gap="sm">
        {fields.map(({ name, label, placeholder }) => (
          <TextInput
            key={name}
            label={label}
            placeholder={placeholder}
            value={choice[name] ?? ''}
            onChange={(event) => set({ [name]: event.currentTarget.value || undefined })}
            w={170}
          />
        ))}
        {(['since', 'until'] as const).map((name) => (
          <TextInput
            key={name}
            type="datetime-local"
            label={name === 'since' ? 'From' : 'Until'}
            value={choice[name] ?? ''}
            onChange={(event) => set({ [name]: event.currentTarget.value || undefined })}
            w={200}
          />
        ))}
      </Group>
      <Export filter={filter} />
      <EventList key={JSON.stringify(filter)} filter={filter} />
    </Stack>
  );
}

function Export({ filter }: { readonly filter: Query }) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const save = async (format: 'csv' | 'ndjson'): Promise<void> => {
    setBusy(format);
    setError(null);
    try {
      const answer = await send('/events/export', { query: { ...filter, format } });
      if (!answer.ok) throw new ProblemError(await problemOf(answer));
      download(await answer.blob(), `tidegate-audit.${format}`);
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(null);
    }
  };
  return (
    <>
      <Group gap="xs">
        {(['csv', 'ndjson'] as const).map((format) => (
          <Button
            key={format}
            size="compact-sm"
            variant="default"
            leftSection={<IconDownload size={14} aria-hidden />}
            loading={busy === format}
            onClick={() => void save(format)}
          >
            Export as {format.toUpperCase()}
          </Button>
        ))}
      </Group>
      {error !== null && <ProblemAlert error={error} />}
    </>
  );
}

/** The token goes in a header, so the browser cannot fetch it by a plain link. */
function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
