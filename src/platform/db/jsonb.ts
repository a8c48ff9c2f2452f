/** A parameter that PostgreSQL reads as JSON; `pg` asks for its text when the statement is sent. */
export class Jsonb {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  toPostgres(): string {
    return JSON.stringify(this.value);
  }
}

export const jsonb = (value: unknown): Jsonb => new Jsonb(value);
