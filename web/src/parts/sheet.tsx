import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

type SheetProps = {
  /** Pixels below which it scrolls by itself instead of squeezing its columns. */
  readonly minWidth: number;
  /** Names of the columns; a column of figures is aligned at its end. */
  readonly head: readonly (string | { readonly figures: string })[];
  readonly spacing?: number | 'xs';
  readonly children: ReactNode;
};

/** A table with its head. What scrolls can be reached by the keyboard (WCAG 2.1.1). */
export function Sheet({ minWidth, head, spacing = 6, children }: SheetProps) {
  return (
    <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ tabIndex: 0 }}>
      <Table verticalSpacing={spacing}>
        <Table.Thead>
          <Table.Tr>
            {head.map((one) =>
              typeof one === 'string' ? (
                <Table.Th key={one}>{one}</Table.Th>
              ) : (
                <Table.Th key={one.figures} ta="right">
                  {one.figures}
                </Table.Th>
              ),
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
