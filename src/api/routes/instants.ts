/** Dates and instants of a query. */
import { z } from 'zod';

const DAY_MS = 86_400_000;

/** A date or an instant; a bare date is its midnight in UTC, or the next one where the day is to be counted whole. */
export const instant = (edge: 'start' | 'end') =>
  z.string().transform((text, context) => {
    const date = new Date(text);
    // Four-digit years: PostgreSQL does not hold all the instants of JavaScript.
    if (!/^\d{4}/.test(text) || Number.isNaN(date.getTime())) {
      context.addIssue({ code: 'custom', message: 'date ISO 8601 attendue' });
      return z.NEVER;
    }
    return edge === 'end' && /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(date.getTime() + DAY_MS) : date;
  });
