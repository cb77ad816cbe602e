import { describe, expect, it } from "vitest";

import { bytes, duration, took, when } from "@/ui/units";

describe("times and sizes", () => {
  it("have the unit that keeps them short", () => {
    expect([took(40), took(2340), took(61_000), took(3_700_000)]).toEqual(["40 ms", "2.3 s", "1 min 1 s", "1 h 1 min"]);
    expect([bytes(900), bytes(1500), bytes(15_211_406), bytes(2.5e11)]).toEqual(["900 B", "1.5 kB", "15.2 MB", "250 GB"]);
  });

  it("of a node are short enough for its badge", () => {
    expect([duration(0.0004), duration(0.04), duration(2.34), duration(75.2)]).toEqual(["1 ms", "40 ms", "2.3 s", "75 s"]);
  });

  it("name the day only when it is another one", () => {
    const now = new Date(2026, 4, 5, 12).getTime();
    expect(when(new Date(2026, 4, 5, 9, 30).getTime(), now)).not.toMatch(/May/);
    expect(when(new Date(2026, 4, 4, 9, 30).getTime(), now)).toMatch(/May/);
    expect(when(null)).toBe("");
  });
});
