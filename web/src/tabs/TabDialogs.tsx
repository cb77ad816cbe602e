/** The dialogs about files, each loaded when it is first asked for. */
import { Suspense } from "react";

import { later } from "@/ui/later";

import { dialogStore } from "./dialogs";

const CloseDialog = later(() => import("./CloseDialog"), "CloseDialog");
const MoveDialog = later(() => import("./MoveDialog"), "MoveDialog");
const ConflictDialog = later(() => import("@/versions/ConflictDialog"), "ConflictDialog");
const VersionsDialog = later(() => import("@/versions/VersionsDialog"), "VersionsDialog");

export function TabDialogs() {
  const isClosing = dialogStore((state) => state.closing.length > 0);
  const isMoving = dialogStore((state) => state.moving !== null);
  const hasConflict = dialogStore((state) => state.conflict !== null);
  const hasVersions = dialogStore((state) => state.versions !== null);
  return (
    <Suspense fallback={null}>
      {isClosing && <CloseDialog />}
      {isMoving && <MoveDialog />}
      {hasConflict && <ConflictDialog />}
      {hasVersions && <VersionsDialog />}
    </Suspense>
  );
}
