// What the report draws with: three kinds of chart and the parts they need, rendered as SVG.
import { init, use } from "echarts/core";
import { LineChart, ScatterChart, HeatmapChart, CustomChart } from "echarts/charts";
import { AriaComponent, GridComponent, TitleComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { SVGRenderer } from "echarts/renderers";

use([LineChart, ScatterChart, HeatmapChart, CustomChart, AriaComponent, GridComponent, TitleComponent, TooltipComponent, VisualMapComponent, LabelLayout, SVGRenderer]);
globalThis.echarts = { init };
