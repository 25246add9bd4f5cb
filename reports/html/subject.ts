// How a store is named in the page: with a swatch of the colour that it has in the charts.

import type { Subject } from "../groups.ts";
import { html, type Markup } from "./markup.ts";

export function subjectName(subject: Subject): Markup {
  const swatch = html`<span class="swatch c${subject.slot}"></span>`;
  return html`<span class="subject">${swatch}${subject.name}</span>`;
}
