/** What every field is given: whose value it shows, and how it is called. */
import type { Widget } from "@/formats/widgets";

export interface FieldProps {
  readonly node: string;
  readonly widget: Widget;
  readonly label: string;
}
