{{- define "opensearch-cluster.fullname" -}}
{{ .Values.main_app.name }}-{{ .Release.Name }}
{{- end -}}

{{- define "opensearch-cluster.selector" -}}
app: {{ .Values.main_app.name }}
release: {{ .Release.Name }}
{{- end -}}

{{- define "opensearch-cluster.labels" -}}
{{ include "opensearch-cluster.selector" . }}
chart: {{ .Chart.Name }}-{{ .Chart.Version }}
heritage: {{ .Release.Service }}
{{- end -}}
