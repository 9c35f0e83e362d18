/** Template audits: what was found on a printed document, never the document. */
import { type Db, many, maybe, write } from './db.ts';

export interface TemplateAuditRecord<Outcome> {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly eg: string;
  readonly template: string;
  readonly software: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly pages: number;
  readonly pagesExamined: number;
  readonly pagesRight: number;
  readonly right: boolean;
  readonly outcome: Outcome;
}

const COLUMNS = `id, at, by_actor as actor, eg, template, software, sha256, bytes, pages, pages_examined as "pagesExamined",
  pages_right as "pagesRight", is_right as "right", outcome`;

export async function insertTemplateAudit(db: Db, record: TemplateAuditRecord<object>): Promise<void> {
  const { id, at, actor, eg, template, software, sha256, bytes, pages, pagesExamined, pagesRight } = record;
  await write(
    db,
    `insert into template_audit (id, at, by_actor, eg, template, software, sha256, bytes, pages, pages_examined, pages_right,
       is_right, outcome)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      ...[id, at, actor, eg, template, software, sha256, bytes, pages, pagesExamined, pagesRight],
      record.right,
      JSON.stringify(record.outcome),
    ],
  );
}

export async function templateAuditById<Outcome>(
  db: Db,
  id: string,
): Promise<TemplateAuditRecord<Outcome> | undefined> {
  return maybe<TemplateAuditRecord<Outcome>>(db, `select ${COLUMNS} from template_audit where id = $1`, [id]);
}

export interface AuditFilter {
  /** Null: every establishment. */
  readonly eg: string | null;
  readonly template: string | null;
  readonly limit: number;
}

/** The last first. */
export async function listTemplateAudits<Outcome>(
  db: Db,
  { eg, template, limit }: AuditFilter,
): Promise<TemplateAuditRecord<Outcome>[]> {
  return many<TemplateAuditRecord<Outcome>>(
    db,
    `select ${COLUMNS} from template_audit
     where ($1::text is null or eg = $1) and ($2::text is null or template = $2)
     order by at desc, id desc limit $3`,
    [eg, template, limit],
  );
}

export interface TemplateMonth {
  readonly eg: string;
  readonly template: string;
  readonly software: string;
  /** AAAA-MM, Paris. */
  readonly month: string;
  readonly documents: number;
  readonly documentsRight: number;
  readonly pages: number;
  readonly pagesRight: number;
}

/** By template and month, the last month first. A document audited twice in a month counts once, as it was last found. */
export async function templateAdoption(db: Db, { eg, template, limit }: AuditFilter): Promise<TemplateMonth[]> {
  return many<TemplateMonth>(
    db,
    `select eg, template, software, month, count(*)::integer as documents,
       count(*) filter (where is_right)::integer as "documentsRight",
       sum(pages_examined)::integer as pages, sum(pages_right)::integer as "pagesRight"
     from (
       select distinct on (eg, template, software, to_char(at at time zone 'Europe/Paris', 'YYYY-MM'), sha256)
         eg, template, software, to_char(at at time zone 'Europe/Paris', 'YYYY-MM') as month, is_right, pages_examined, pages_right
       from template_audit
       where ($1::text is null or eg = $1) and ($2::text is null or template = $2)
       order by eg, template, software, to_char(at at time zone 'Europe/Paris', 'YYYY-MM'), sha256, at desc
     ) last_of_each
     group by eg, template, software, month
     order by month desc, eg, template, software limit $3`,
    [eg, template, limit],
  );
}
