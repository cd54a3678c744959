import { HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { Ledger } from "./ledger.ts";

/** The provider's socket, with a ledger of what goes over the wire; each connection begins a new one. */
export class WatchedSocket extends HocuspocusProviderWebsocket {
  ledger = new Ledger();
  readonly #noted: () => void;

  /** `noted` is called after every frame that came. Connects when told to. */
  constructor(url: string, noted: () => void) {
    super({ url, autoConnect: false, maxDelay: 10_000 });
    this.#noted = noted;
  }

  override createWebSocketConnection(): Promise<unknown> {
    this.ledger = new Ledger();
    return super.createWebSocketConnection();
  }

  override send(frame: Uint8Array): void {
    // The original queues what is typed without a connection, and sends it besides the Step2 that holds it as well:
    // twice the bytes, and receipts that nobody counts.
    if (this.webSocket?.readyState !== WebSocket.OPEN) return;
    this.ledger.sent(frame);
    super.send(frame);
  }

  override onMessage(event: MessageEvent<ArrayBuffer>): void {
    this.ledger.received(new Uint8Array(event.data));
    super.onMessage(event);
    this.#noted();
  }
}

export function socketAddress(): string {
  return `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/collab`;
}
