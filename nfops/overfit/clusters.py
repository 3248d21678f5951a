"""How many different things were really tried: trials that earn and lose on the same days count once.

Trials are joined by average linkage on the distance sqrt((1 - correlation) / 2), and the number of clusters is where
the silhouettes are best in the sense of their mean over their deviation: the criterion of M. Lopez de Prado, "Machine
learning for asset managers" (2020), chapter 4, with a linkage in place of random starts so that the answer is one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import silhouette_samples

from nfops.types import FloatArray, Int64Array

MOST: Final = 1_000
"""Trials that are compared with each other; of more, as many in equal steps of their Sharpe ratio."""

SAME: Final = 1e-6
"""Correlations closer to 1 are one and the same trial."""


def clusters(net: FloatArray, most: int = 40) -> Int64Array:
    """Cluster the rows of ``net`` (P, D) by the correlation of their days.

    Parameters
    ----------
    most
        Greatest number of clusters that is considered.

    Returns
    -------
    (P,) int64 labels from 0. Rows that never change are one cluster of their own.
    """
    labels = np.zeros(len(net), np.int64)
    moving = np.flatnonzero(net.std(axis=1) > 0.0)
    still = len(moving) < len(net)
    if len(moving) < 2:
        labels[moving] = int(still)
        return labels
    distance = np.sqrt(np.clip((1.0 - np.corrcoef(net[moving])) / 2.0, 0.0, 1.0))
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), "average")
    labels[moving] = _best_cut(distance, tree, most) + int(still)
    return labels


def effective_trials(net: FloatArray, most: int = 40) -> int:
    """Count the clusters of ``net`` (P, D); with more than MOST trials, those of a sample of them."""
    return int(clusters(_sample(net), most).max()) + 1


def _best_cut(distance: FloatArray, tree: FloatArray, most: int) -> Int64Array:
    """Labels from 0 of the cut with the best silhouettes; one cluster when all rows are the same."""
    near = fcluster(tree, np.sqrt(SAME / 2.0), "distance")
    if near.max() <= 2:
        return np.asarray(near - 1, np.int64)
    best, quality = np.asarray(near - 1, np.int64), -np.inf
    for count in range(2, min(most, len(distance) - 1) + 1):
        cut = fcluster(tree, count, "maxclust")
        if not 2 <= cut.max() < len(distance):
            continue
        silhouettes = silhouette_samples(distance, cut, metric="precomputed")
        deviation = float(silhouettes.std())
        value = float(silhouettes.mean()) / deviation if deviation > 0.0 else np.inf
        if value > quality:
            best, quality = np.asarray(cut - 1, np.int64), value
    return best


def _sample(net: FloatArray) -> FloatArray:
    if len(net) <= MOST:
        return net
    order = np.argsort(net.mean(axis=1), kind="stable")
    return net[order[np.linspace(0, len(net) - 1, MOST).astype(np.int64)]]
