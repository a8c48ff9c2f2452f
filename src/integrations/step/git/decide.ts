import { z } from 'zod';
import type { Json } from '../../../platform/ids/types.ts';
import { askedSchema, decideOneEffect } from '../asked.ts';
import { ended, filledText, optionalText, secretRef, totalDecide } from '../typed.ts';

const settingsSchema = z.object({
  repository: optionalText,
  branch: optionalText,
  commit: z.object({
    message: filledText,
    files: z.record(z.string(), z.union([filledText, z.null()])),
  }),
  pullRequest: z
    .object({
      host: z.enum(['github', 'gitlab']),
      api: optionalText,
      project: filledText,
      base: optionalText,
      title: filledText,
      body: optionalText,
      token: secretRef,
    })
    .nullish(),
});

/** What `run` gets. */
export const gitEffectSchema = settingsSchema;
export type GitEffect = z.output<typeof gitEffectSchema>;
export type PullRequestWish = NonNullable<GitEffect['pullRequest']>;

export const gitDoneSchema = z.object({
  is: z.enum(['succeeded', 'errored']),
  because: z.string(),
  outputs: z.record(z.string(), z.unknown()),
});

/** One commit, and a pull request of it where one is wanted. */
export const decideGit = totalDecide({ settings: settingsSchema, memory: askedSchema }, (look) => {
  const { commit, pullRequest } = look.settings;
  const files = Object.keys(commit.files);
  const what = files.length === 1 ? files[0] : `${files.length} files`;
  return decideOneEffect(look, {
    doing: `committing ${what}${pullRequest ? ` for a pull request to ${pullRequest.project}` : ''}`,
    effect: look.settings as Json,
    value: gitDoneSchema,
    done: ({ is, because, outputs }) =>
      ended(is, because, outputs as { readonly [name: string]: Json }),
  });
});
