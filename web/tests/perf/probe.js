/** Runs inside the page: the times between frames, and what a message makes the browser draw anew. */
window.probe = {
  frames: [],

  /** Notes the time of every frame from now on. */
  begin() {
    const frames = [];
    this.frames = frames;
    const tick = (time) => {
      if (this.frames !== frames) return;
      frames.push(time);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  },

  /** Milliseconds from frame to frame since `begin`. */
  end() {
    const frames = this.frames;
    this.frames = [];
    return frames.slice(1).map((time, i) => time - frames[i]);
  },

  /** Milliseconds that `action` takes until two frames after it were drawn: all that it asked for is on the screen. */
  async until(action) {
    const start = performance.now();
    await action();
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
  },

  /** Drops a file on the canvas, as from a folder of the desktop. */
  drop(name, text) {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "application/json" }));
    const pane = document.querySelector(".react-flow");
    const { left, top, width, height } = pane.getBoundingClientRect();
    const at = { clientX: left + width / 2, clientY: top + height / 2, dataTransfer: data, bubbles: true, cancelable: true };
    pane.dispatchEvent(new DragEvent("dragover", at));
    pane.dispatchEvent(new DragEvent("drop", at));
  },

  /** Counts changes of elements by the node they are in; "" stands for everything outside of nodes. */
  watch() {
    this.changes = {};
    this.observer = new MutationObserver((records) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const node = element?.closest(".react-flow__node")?.dataset.id ?? "";
        this.changes[node] = (this.changes[node] ?? 0) + 1;
      }
    });
    this.observer.observe(document.querySelector(".react-flow"), { subtree: true, childList: true, attributes: true, characterData: true });
  },

  watched() {
    this.observer.disconnect();
    return this.changes;
  },
};
