/** The prompt field while it is written in. */
import { useEffect, useLayoutEffect, useRef } from "react";
import type { EditorView } from "@codemirror/view";

import { beginEdit, edit, endEdit } from "@/widgets/edit";

import { createEditor, replaceText } from "./editor";
import { rememberPhrases } from "./phrases";
import "./prompt.css";
import { refreshSources } from "./sources";

export interface PromptEditorProps {
  readonly node: string;
  readonly valueKey: string;
  readonly text: string;
  readonly label: string;
  readonly placeholder: string;
  readonly testId: string;
  readonly isDynamic: boolean;
  readonly className: string;
  readonly selection: { readonly anchor: number; readonly head: number };
  readonly scroll?: number;
  readonly onBlur: () => void;
  readonly onLeave: () => void;
  readonly onLarge: () => void;
}

export function PromptEditor(props: PromptEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView>(null);
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });
  // The editor lives as long as the field has the focus; later values reach it below.
  useLayoutEffect(() => {
    const parent = host.current;
    if (parent === null) return undefined;
    const { node, valueKey, text, label, placeholder, testId, isDynamic, selection, scroll } = latest.current;
    const popups = parent.closest<HTMLElement>("[role=dialog]") ?? document.body;
    const view = createEditor({
      ...{ parent, popups, text, selection, label, placeholder, testId, isDynamic },
      onText: (next) => {
        beginEdit(node, valueKey);
        edit(node, valueKey, next);
      },
      onFocus: () => beginEdit(node, valueKey),
      onBlur: () => {
        endEdit();
        if (view.state.doc.toString() !== text) rememberPhrases(view.state.doc.toString());
        latest.current.onBlur();
      },
      onLeave: () => latest.current.onLeave(),
      onLarge: () => latest.current.onLarge(),
    });
    editor.current = view;
    view.focus();
    if (scroll !== undefined) view.scrollDOM.scrollTop = scroll;
    void refreshSources();
    return () => {
      endEdit();
      editor.current = null;
      view.destroy();
    };
  }, []);
  useEffect(() => {
    if (editor.current !== null) replaceText(editor.current, props.text);
  }, [props.text]);
  return <div ref={host} className={`${props.className} prompt nodrag nopan nowheel nokey`} />;
}
