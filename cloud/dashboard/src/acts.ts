// Builds what the alert pages share, once.

import { Acts } from "./live/acts.svelte";
import { live, session } from "./program";

export const acts = new Acts(live, () => session.answer?.person.name ?? "");
