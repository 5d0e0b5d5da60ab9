// What a dashboard of this project must look like to Grafana's own types; the test writes the
// dashboard's JSON below these lines as constants of these types and lets `tsc --noEmit` judge.
import type {
  AnnotationQuery,
  Dashboard,
  DataQuery,
  DataSourceRef,
  FieldConfig,
  GraphFieldConfig,
  Panel as AnyPanel,
  RowPanel as AnyRow,
  TableFieldOptions,
  TableOptions,
} from '@grafana/schema';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type {
  FieldConfig as StateTimelineFields,
  Options as StateTimelineOptions,
} from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type { Options as TimeSeriesOptions } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has the values of enums, not their names.
type Plain<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}`
      ? N
      : T
    : T extends (infer Item)[]
      ? Plain<Item>[]
      : T extends object
        ? { [Key in keyof T]: Plain<T[Key]> }
        : T;

// Grafana publishes no types for queries to Prometheus; this is what its data source reads.
interface PrometheusQuery extends DataQuery {
  datasource: DataSourceRef;
  editorMode: 'code' | 'builder';
  expr: string;
  format?: 'time_series' | 'table' | 'heatmap';
  instant?: boolean;
  legendFormat?: string;
  range: boolean;
}
interface PrometheusAnnotation extends AnnotationQuery {
  expr: string;
  step: string;
  titleFormat: string;
  textFormat: string;
  tagKeys: string;
  useValueForTime: boolean;
}

export type Whole = Plain<Omit<Dashboard, 'panels' | 'annotations'>>;
export type Annotation = Plain<PrometheusAnnotation>;
export type Panel = Plain<Omit<AnyPanel, 'targets' | 'options'>>;
export type Row = Plain<AnyRow>;
export type Target = Plain<PrometheusQuery>;
export type Field = Plain<Omit<FieldConfig, 'custom'>>;
export interface Options {
  stat: Plain<StatOptions>;
  'state-timeline': Plain<StateTimelineOptions>;
  table: Plain<TableOptions>;
  timeseries: Plain<TimeSeriesOptions>;
}
export interface Custom {
  stat: Record<string, never>;
  'state-timeline': Plain<StateTimelineFields>;
  table: Plain<TableFieldOptions>;
  timeseries: Plain<GraphFieldConfig>;
}
