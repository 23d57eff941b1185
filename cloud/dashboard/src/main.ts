// START READING HERE: the page starts, learns who is signed in, and shows what the address says.

import { mount } from "svelte";
import App from "./App.svelte";
import { live, session } from "./program";
import "./styles/tokens.css";
import "./styles/base.css";

mount(App, { target: document.getElementById("app") as HTMLElement });
void session.begin();

addEventListener("online", () => live.retry());
addEventListener("offline", () => live.look());
document.addEventListener("visibilitychange", () => live.look());
addEventListener("pagehide", () => live.keep());

if (import.meta.env.PROD && "serviceWorker" in navigator)
  addEventListener("load", () => {
    const build = new URL(import.meta.url).pathname.split("/").at(-1) ?? ""; // hashed: a new build is a new shell
    navigator.serviceWorker.register(`/sw.js?v=${build}`).catch(() => undefined); // without it all works but a start without a link
  });
