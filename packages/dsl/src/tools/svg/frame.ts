import { type Area, type Caption, captionWidth, type Picture } from "./picture.ts";

/** How high the tab is that a frame's caption stands in. */
export const TAB = 22;
const TAB_PAD = 16;

/** Where another arm begins. */
export interface Divide {
  readonly y: number;
  readonly caption: Caption;
}

/** Draws a frame around stages, with a line across where another arm begins. */
export function drawFrame(
  picture: Picture,
  area: Area,
  caption: Caption,
  divides: readonly Divide[],
): void {
  const { x, y, width } = area;
  picture.rect(area, "frame", 6);
  picture.captioned({ x, y, width: tabWidth(caption), height: TAB }, caption, "tab");
  for (const divide of divides) {
    const start = [x, divide.y] as const;
    picture.line([start, [x + width, divide.y]], "frame else");
    const tab = { x, y: divide.y, width: tabWidth(divide.caption), height: TAB };
    picture.captioned(tab, divide.caption, "tab");
  }
}

export function tabWidth(caption: Caption): number {
  return captionWidth(caption) + TAB_PAD;
}
