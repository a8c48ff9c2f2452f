import { z } from 'zod';
import { problemSchema } from './common.ts';

export const validateBodySchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .max(1_024)
      .default('document.yaml')
      .meta({ description: 'What problems call the file.' }),
    text: z.string().meta({ description: 'YAML: one document or more.' }),
  })
  .meta({ id: 'Validate' });

export const validatedSchema = z
  .object({
    documents: z
      .array(z.object({ kind: z.string().nullable(), name: z.string().nullable() }))
      .meta({ description: 'Null where even kind and name cannot be read.' }),
    problems: z.array(problemSchema),
  })
  .meta({ id: 'Validated' });
export type Validated = z.output<typeof validatedSchema>;
