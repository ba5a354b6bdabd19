import type { KeyConfig, LimitsConfig } from '../config/config.ts'
import type { Directory } from '../ensemble/directory.ts'

/** What the configuration says of requests; it may change while the gateway runs. */
export interface Settings {
  readonly directory: Directory
  /** Empty: whoever can reach the gateway may use it. */
  readonly keys: readonly KeyConfig[]
  /** Who may read the metrics where there are keys. */
  readonly metricsReaders: 'key' | 'open'
  readonly limits: LimitsConfig
}

/** The settings in force when a request came, which stay as they are until it gives them back. */
export interface TakenSettings extends Settings {
  release(): void
}
