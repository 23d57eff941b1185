// One part of the build: the pages on alerts, rules and people, loaded when one of them is asked for.

export { default as Alert } from "./Alert.svelte";
export { default as Alerts } from "./Alerts.svelte";
export { default as People } from "./People.svelte";
export { default as Rules } from "./Rules.svelte";
