import { z } from 'zod';

/** ISO 8601 in UTC. */
export const timeSchema = z.iso.datetime().meta({ description: 'ISO 8601, UTC.' });

export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z
    .string()
    .max(200)
    .optional()
    .meta({ description: 'The cursor of the page before; absent for the first.' }),
});

/** A page of items with the cursor of the next one; null when this was the last. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), cursor: z.string().nullable() });

export const reasonSchema = z
  .string()
  .max(1000)
  .meta({ description: 'Why, in words; kept in Git and in the audit log.' });

/** What was found wrong with a document, or with an operation; see docs/reference/errors.md. */
export const problemSchema = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  hint: z.string(),
  where: z
    .object({
      file: z.string().optional(),
      line: z.int().optional(),
      column: z.int().optional(),
      pointer: z.string().optional(),
    })
    .optional(),
});
