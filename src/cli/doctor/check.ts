/** One line of the doctor's table. */
export interface Check {
  /** `alert`: to be dealt with soon; `fault`: wrong now; `none`: nothing to check here. */
  readonly state: 'ok' | 'alert' | 'fault' | 'none';
  readonly subject: string;
  /** French. */
  readonly detail: string;
}

export function ok(subject: string, detail: string): Check {
  return { state: 'ok', subject, detail };
}

export function alert(subject: string, detail: string): Check {
  return { state: 'alert', subject, detail };
}

export function fault(subject: string, detail: string): Check {
  return { state: 'fault', subject, detail };
}

export function none(subject: string, detail: string): Check {
  return { state: 'none', subject, detail };
}
