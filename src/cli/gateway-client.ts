/** Which gateway a command calls: the one that is named, or the demonstration that runs. */
import { UsageFault } from './outcome.ts';
import { type RestClient, restClient } from './rest.ts';
import { readRuntime } from './runtime.ts';

export interface GatewayOptions {
  /** Address and token of the API; what is absent is read from the demonstration running in `data`. */
  readonly to?: string;
  readonly token?: string;
  readonly data: string;
}

export async function gatewayClient({ to, token, data }: GatewayOptions): Promise<RestClient> {
  if (to !== undefined && token !== undefined) return restClient(to, token);
  // A token goes to the gateway that it was written for, and to no other.
  if (to !== undefined) throw new UsageFault('--to demande --token, ou la variable TRAITDUNION_TOKEN.');
  const reading = await readRuntime(data);
  if (!reading.ok) throw new UsageFault(`--to absent, et ${reading.reason}.`);
  return restClient(reading.runtime.api, token ?? reading.runtime.token);
}
