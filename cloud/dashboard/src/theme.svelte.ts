// Light or dark: as the device says, or as the person chose on it.

const KEY = "evara.theme";
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

class Chosen {
  theme = $state<Theme>(stored());
  dark = $state(false); // what is shown now; canvases are drawn again when it changes

  constructor() {
    const device = matchMedia("(prefers-color-scheme: dark)");
    device.addEventListener("change", () => this.apply(device));
    this.apply(device);
  }

  choose(theme: Theme): void {
    this.theme = theme;
    this.apply(matchMedia("(prefers-color-scheme: dark)"));
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // storage is forbidden: the choice lasts until the page is left
    }
  }

  private apply(device: MediaQueryList): void {
    document.documentElement.dataset.theme = this.theme;
    this.dark = this.theme === "dark" || (this.theme === "auto" && device.matches);
  }
}

function stored(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? "auto";
  } catch {
    return "auto";
  }
}

export const chosen = new Chosen();
