/** What every field is given: whose value it shows, and how it is called. */
import type { Widget } from "@/formats/widgets";

export interface FieldProps {
  readonly node: string;
  readonly widget: Widget;
  readonly label: string;
  /** The pointer or the focus is on it: what is only of use then is drawn then. */
  readonly isHot?: boolean;
  /** Id of the element that holds what the node says of this input. */
  readonly describedBy?: string | undefined;
}
