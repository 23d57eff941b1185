// Where the person is: the browser's address as a value, and the one way to another.

import { parse, type Route } from "./route";

class Here {
  route = $state.raw<Route>(parse(location.pathname, location.search));

  constructor() {
    addEventListener("popstate", () => this.look());
    addEventListener("click", (event) => this.follow(event));
  }

  go(address: string): void {
    history.pushState(null, "", address);
    this.look();
    scrollTo(0, 0);
  }

  /** Other view state of the same page: no step for the back button. */
  adjust(address: string): void {
    history.replaceState(null, "", address);
    this.look();
  }

  private look(): void {
    this.route = parse(location.pathname, location.search);
  }

  /** Plain clicks on our own links stay in the page; everything else is the browser's. */
  private follow(event: MouseEvent): void {
    const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || modified || event.defaultPrevented || link.target || link.origin !== location.origin) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}

export const here = new Here();
