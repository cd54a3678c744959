type Handlers = { readonly [Type in keyof WindowEventMap]?: (event: WindowEventMap[Type]) => void };

/** Listens to what befalls the window, until the returned function is called. */
export function listen(handlers: Handlers): () => void {
  const listening = new AbortController();
  for (const [type, handler] of Object.entries(handlers)) {
    window.addEventListener(type, handler as EventListener, { signal: listening.signal });
  }
  return () => listening.abort();
}
