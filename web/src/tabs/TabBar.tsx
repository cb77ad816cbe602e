/** The open workflows along the top: one tab each, with its name, its unsaved mark and how its run is doing. */
import { ChevronDown, Plus } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useEffect, useRef, useState, type DragEvent, type RefObject } from "react";
import { useShallow } from "zustand/react/shallow";

import { t } from "@/i18n";
import { chordLabel } from "@/palette/keymap";
import { runCommand } from "@/palette/registry";
import { IconButton } from "@/ui/IconButton";
import menu from "@/ui/Menu.module.css";

import { fileOf, goToTab, moveTab, tabStore, type TabId } from "./store";
import { TabItem } from "./TabItem";
import styles from "./TabBar.module.css";

/** Drag data of a tab. */
const TAB_TYPE = "application/x-heddle-tab";

export function TabBar() {
  const ids = tabStore(useShallow((state) => state.tabs.map((tab) => tab.id)));
  const front = tabStore((state) => state.front);
  const list = useRef<HTMLDivElement>(null);
  const isOverflowing = useOverflow(list, ids.length);
  const { drag, marked, target } = useReorder(list);
  useEffect(() => {
    list.current?.querySelector(`[data-tab="${front}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [front, ids]);
  return (
    <div className={styles.bar}>
      <div
        ref={list}
        className={styles.list}
        role="tablist"
        aria-label={t("tabs.list")}
        {...target}
        onWheel={(event) => {
          if (event.deltaX === 0) event.currentTarget.scrollLeft += event.deltaY;
        }}
      >
        {ids.map((id, index) => (
          <TabItem key={id} id={id} index={index} isFront={id === front} mark={marked === index ? "before" : marked === index + 1 && index === ids.length - 1 ? "after" : null} onDragStart={(event) => drag(event, id)} />
        ))}
      </div>
      {isOverflowing && <TabMenu ids={ids} />}
      <IconButton label={t("tabs.action.new")} chord={chordLabel("alt+t")} className={styles.add ?? ""} data-testid="tab-new" onClick={() => runCommand("new")}>
        <Plus size={16} />
      </IconButton>
      <p className="visually-hidden" role="status">
        <Told />
      </p>
    </div>
  );
}

/** Where a tab went that was moved, for those who do not see it. */
function Told() {
  const [told, setTold] = useState("");
  useEffect(
    () =>
      tabStore.subscribe((state, before) => {
        const at = state.tabs.findIndex((tab) => tab.id === state.front);
        const isMoved = at >= 0 && state.front === before.front && state.tabs.length === before.tabs.length && before.tabs[at]?.id !== state.front;
        if (isMoved) setTold(t("tabs.moved", { name: fileOf(state.front).name, index: at + 1, total: state.tabs.length }));
      }),
    [],
  );
  return told;
}

/** All tabs by name, when they are too many to be seen side by side. */
function TabMenu({ ids }: { readonly ids: readonly TabId[] }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label={t("tabs.scroll")} className={styles.add ?? ""}>
          <ChevronDown size={15} />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={`${menu.menu} ${styles.all}`} align="end" sideOffset={6} collisionPadding={8}>
          {ids.map((id) => (
            <DropdownMenu.Item key={id} className={menu.item} onSelect={() => goToTab(id)}>
              {fileOf(id).name}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function useOverflow(list: RefObject<HTMLElement | null>, count: number): boolean {
  const [isOverflowing, setOverflowing] = useState(false);
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const look = (): void => setOverflowing(element.scrollWidth > element.clientWidth + 1);
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => observer.disconnect();
  }, [list, count]);
  return isOverflowing;
}

interface Reorder {
  readonly drag: (event: DragEvent, id: TabId) => void;
  /** The place between tabs where the dragged one would come. */
  readonly marked: number | null;
  readonly target: Pick<React.ComponentProps<"div">, "onDragOver" | "onDragLeave" | "onDrop" | "onDragEnd">;
}

function useReorder(list: RefObject<HTMLElement | null>): Reorder {
  const [marked, setMarked] = useState<number | null>(null);
  const placeAt = (x: number): number => {
    const boxes = [...(list.current?.querySelectorAll("[data-tab]") ?? [])].map((tab) => tab.getBoundingClientRect());
    const place = boxes.findIndex((box) => x < box.left + box.width / 2);
    return place < 0 ? boxes.length : place;
  };
  const isTab = (event: DragEvent): boolean => event.dataTransfer.types.includes(TAB_TYPE);
  return {
    marked,
    drag: (event, id) => {
      event.dataTransfer.setData(TAB_TYPE, id);
      event.dataTransfer.effectAllowed = "move";
    },
    target: {
      onDragOver: (event) => {
        if (!isTab(event)) return;
        event.preventDefault();
        setMarked(placeAt(event.clientX));
      },
      onDragLeave: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setMarked(null);
      },
      onDragEnd: () => setMarked(null),
      onDrop: (event) => {
        const id = event.dataTransfer.getData(TAB_TYPE);
        setMarked(null);
        if (id === "") return;
        event.preventDefault();
        const from = tabStore.getState().tabs.findIndex((tab) => tab.id === id);
        const place = placeAt(event.clientX);
        moveTab(id, place > from ? place - 1 : place);
      },
    },
  };
}
