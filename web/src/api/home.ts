/** What the first page shows. */

export type { Going as GoingRun, Home as HomeDocument, Mark as DeploymentMark, Queued as QueuedRun, Signal } from './generated.ts'
