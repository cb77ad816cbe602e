/** How the canvas is looked at: style of the wires, way to move about, grid and guides, kept views. */
import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

import { t } from "@/i18n";
import { documentStore } from "@/model/document";
import { setSetting, useSetting } from "@/settings/store";
import menu from "@/ui/Menu.module.css";

import { LINK_STYLES, PAN_MODES, useLinkStyle, usePanMode } from "./preferences";
import { storedViews } from "./bookmarks";
import { goToView, storeView } from "./views";
import styles from "./ZoomBar.module.css";

const LAST = 9;

export function ViewMenu() {
  const views = documentStore(({ whole }) => storedViews(whole).join(" ")).split(" ").filter((key) => key !== "");
  const free = Array.from({ length: LAST }, (_unused, i) => String(i + 1)).find((key) => !views.includes(key)) ?? "1";
  return (
    <>
      <Radios label={t("arranging.linkStyle")} value={useLinkStyle()} values={LINK_STYLES.map((style) => [style, t(`links.${style}`)])} onChange={(value) => setSetting("linkStyle", value)} />
      <DropdownMenu.Separator className={menu.separator} />
      <Radios label={t("arranging.pan")} value={usePanMode()} values={PAN_MODES.map((mode) => [mode, t(`arranging.${mode}`)])} onChange={(value) => setSetting("panMode", value)} />
      <DropdownMenu.Separator className={menu.separator} />
      <Toggle label={t("settings.snapToGrid.title")} isOn={useSetting("snapToGrid")} onChange={(on) => setSetting("snapToGrid", on)} />
      <Toggle label={t("arranging.guides")} isOn={useSetting("guides")} onChange={(on) => setSetting("guides", on)} />
      <DropdownMenu.Separator className={menu.separator} />
      <DropdownMenu.Label className={styles.label}>{t("arranging.bookmarks")}</DropdownMenu.Label>
      {views.map((key) => (
        <DropdownMenu.Item key={key} className={menu.item} onSelect={() => goToView(key)}>
          {t("arranging.goToBookmark", { key })}
          <kbd>Shift+{key}</kbd>
        </DropdownMenu.Item>
      ))}
      <DropdownMenu.Item className={menu.item} onSelect={() => storeView(free)}>
        {t("arranging.storeBookmark", { key: free })}
        <kbd>Ctrl+Shift+{free}</kbd>
      </DropdownMenu.Item>
    </>
  );
}

interface RadiosProps {
  readonly label: string;
  readonly value: string;
  readonly values: readonly (readonly [string, string])[];
  readonly onChange: (value: string) => void;
}

function Radios({ label, value, values, onChange }: RadiosProps) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={onChange}>
      <DropdownMenu.Label className={styles.label}>{label}</DropdownMenu.Label>
      {values.map(([id, name]) => (
        <DropdownMenu.RadioItem key={id} value={id} className={menu.item} onSelect={(event) => event.preventDefault()}>
          <Mark />
          {name}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

function Toggle({ label, isOn, onChange }: { readonly label: string; readonly isOn: boolean; readonly onChange: (on: boolean) => void }) {
  return (
    <DropdownMenu.CheckboxItem checked={isOn} className={menu.item} onCheckedChange={onChange} onSelect={(event) => event.preventDefault()}>
      <Mark />
      {label}
    </DropdownMenu.CheckboxItem>
  );
}

/** Takes its place whether it shows or not. */
const Mark = (): ReactNode => (
  <span className={styles.mark}>
    <DropdownMenu.ItemIndicator>
      <Check size={14} />
    </DropdownMenu.ItemIndicator>
  </span>
);
