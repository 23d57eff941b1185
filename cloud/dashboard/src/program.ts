// Builds what the pages share, once.

import { Live } from "./live/live.svelte";
import { Session } from "./live/session.svelte";

export const live = new Live();
export const session = new Session(live);
