import { textWidth } from "./text-width.ts";
import { FONT, STYLE } from "./theme.ts";

/** A title in bold and a note after it, or below. */
export interface Caption {
  readonly title: string;
  readonly note?: string;
}
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const NOTE_GAP = 8;
/** From the middle of a line of text down to its base. */
const BASE = 0.36;

/** An SVG picture in the making; what comes first lies below. */
export class Picture {
  readonly #parts: string[] = [];

  rect({ x, y, width, height }: Area, look: string, radius = 4): void {
    this.#parts.push(
      `<rect class="${look}" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${radius}"/>`,
    );
  }

  line(points: readonly (readonly [x: number, y: number])[], look: string): void {
    const [first, ...rest] = points.map(([x, y]) => `${n(x)} ${n(y)}`);
    this.#parts.push(`<path class="${look}" d="M${first}${rest.map((at) => `L${at}`).join("")}"/>`);
  }

  dot(x: number, y: number, look: string): void {
    this.#parts.push(`<circle class="${look}" cx="${n(x)}" cy="${n(y)}" r="3"/>`);
  }

  /** An arrow's head, whose tip is at the point. */
  head(x: number, y: number, towards: "left" | "right" | "down", look: string): void {
    const back = { left: [7, -4, 7, 4], right: [-7, -4, -7, 4], down: [-4, -7, 4, -7] }[towards];
    const [dx1 = 0, dy1 = 0, dx2 = 0, dy2 = 0] = back;
    this.#parts.push(
      `<path class="${look}" d="M${n(x)} ${n(y)}l${dx1} ${dy1}L${n(x + dx2)} ${n(y + dy2)}z"/>`,
    );
  }

  /** A box with its text in the middle: the note below the title where there is height for both, else behind it. */
  captioned(area: Area, caption: Caption, look: string, radius?: number): void {
    this.#parts.push(`<g class="captioned">`);
    this.rect(area, look, radius);
    const middle = area.x + area.width / 2;
    const centre = area.y + area.height / 2;
    if (caption.note === undefined || area.height < 36) this.#inline(area, caption);
    else {
      this.#text(middle, centre - 8, caption.title, "title", "middle");
      this.#text(middle, centre + 9, caption.note, "note", "middle");
    }
    this.#parts.push("</g>");
  }

  /** The whole picture as text. */
  svg(width: number, height: number, title: string): string {
    const size = `width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}"`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
      `<title>${escaped(title)}</title>`,
      `<style>${STYLE}</style>`,
      `<rect class="ground" width="100%" height="100%"/>`,
      ...this.#parts,
      "</svg>\n",
    ].join("\n");
  }

  #inline(area: Area, caption: Caption): void {
    const centre = area.y + area.height / 2;
    const start = area.x + (area.width - captionWidth(caption)) / 2;
    if (caption.note === undefined) {
      this.#text(area.x + area.width / 2, centre, caption.title, "title", "middle");
      return;
    }
    const split = start + textWidth(caption.title, FONT.title, true) + NOTE_GAP / 2;
    this.#text(split - NOTE_GAP / 2, centre, caption.title, "title", "end");
    this.#text(split + NOTE_GAP / 2, centre, caption.note, "note", "start");
  }

  #text(x: number, centre: number, value: string, look: keyof typeof FONT, anchor: string): void {
    const y = centre + FONT[look] * BASE;
    this.#parts.push(
      `<text class="${look}" x="${n(x)}" y="${n(y)}" text-anchor="${anchor}">${escaped(value)}</text>`,
    );
  }
}

/** Of a caption on one line. */
export function captionWidth({ title, note }: Caption): number {
  const own = textWidth(title, FONT.title, true);
  return note === undefined ? own : own + NOTE_GAP + textWidth(note, FONT.note);
}

/** Of a caption on two lines. */
export function stackedWidth({ title, note = "" }: Caption): number {
  return Math.max(textWidth(title, FONT.title, true), textWidth(note, FONT.note));
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function n(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}
