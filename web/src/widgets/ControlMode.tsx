/** What a seed does after each run. */
import { ArrowDown01, ArrowUp01, Dices, Lock, Repeat } from "lucide-react";
import { DropdownMenu } from "radix-ui";

import { useValue } from "@/canvas/hooks";
import { CONTROL_MODES, controlKey, isControlMode } from "@/formats/widgets";
import { t } from "@/i18n";
import { nextNumber } from "@/runtime/seeds";
import menu from "@/ui/Menu.module.css";

import { edit } from "./edit";
import styles from "./Field.module.css";
import type { FieldProps } from "./field";

const ICONS = { fixed: Lock, increment: ArrowUp01, decrement: ArrowDown01, randomize: Dices, "increment-wrap": Repeat };

export function ControlMode({ node, widget, label }: FieldProps) {
  const key = controlKey(widget.name);
  const raw = useValue(node, key);
  const mode = isControlMode(raw) ? raw : "fixed";
  const value = useValue(node, widget.key) ?? 0;
  const Icon = ICONS[mode];
  const modes = widget.kind === "combo" ? [...CONTROL_MODES, "increment-wrap" as const] : CONTROL_MODES;
  const name = t("widget.control", { name: label, mode: t(`widget.${mode}`) });
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={styles.control} aria-label={name} title={name} data-mode={mode} data-testid={`control-${node}-${widget.name}`}>
        <Icon size={14} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={menu.menu} align="end" sideOffset={4} onKeyDown={(event) => event.stopPropagation()}>
          <DropdownMenu.RadioGroup value={mode} onValueChange={(next) => edit(node, key, next)}>
            {modes.map((item) => {
              const ItemIcon = ICONS[item];
              return (
                <DropdownMenu.RadioItem key={item} value={item} className={menu.item}>
                  <ItemIcon size={14} />
                  {t(`widget.${item}`)}
                </DropdownMenu.RadioItem>
              );
            })}
          </DropdownMenu.RadioGroup>
          {widget.kind !== "combo" && (
            <>
              <DropdownMenu.Separator className={menu.separator} />
              <DropdownMenu.Item className={menu.item} onSelect={() => edit(node, widget.key, nextNumber(value, "randomize", widget.input.options, Math.random))}>
                <Dices size={14} />
                {t("widget.newSeed")}
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
